<?php
/* What JNews and its companions hang on WordPress's hooks: head metadata, things inside the body, counters. */

add_action(
	'after_setup_theme',
	function () {
		add_theme_support( 'title-tag' );
		add_theme_support( 'post-thumbnails' );
		add_theme_support( 'automatic-feed-links' );
		add_theme_support( 'html5', array( 'comment-list', 'comment-form', 'search-form' ) );
	}
);

add_filter(
	'body_class',
	function ( $classes ) {
		if ( is_single() ) {
			$classes[] = 'jeg_single_tpl_1';
		}
		return array_merge( $classes, array( 'jeg_toggle_light', 'jnews', 'jsc_normal' ) );
	}
);

/* JNews's meta plugin and an SEO plugin both print og: tags; then Yoast's graph. */
add_action(
	'wp_head',
	function () {
		if ( ! is_singular() ) {
			return;
		}
		$post  = get_queried_object();
		$title = wp_strip_all_tags( get_the_title( $post ) );
		$image = get_the_post_thumbnail_url( $post, 'full' );
		$og    = array(
			'og:type'      => 'article',
			'og:title'     => $title,
			'og:site_name' => get_bloginfo( 'name' ),
			'og:url'       => get_permalink( $post ),
			'article:published_time' => get_post_time( 'c', true, $post ),
			'article:modified_time'  => get_post_modified_time( 'c', true, $post ),
		);
		if ( $image ) {
			$og['og:image'] = $image;
		}
		foreach ( array( 1, 2 ) as $ignored ) {
			foreach ( $og as $property => $content ) {
				printf( '<meta property="%s" content="%s" />' . "\n", esc_attr( $property ), esc_attr( $content ) );
			}
		}
		$url   = get_permalink( $post );
		$graph = array(
			array( '@type' => 'WebSite', '@id' => home_url( '/#website' ), 'url' => home_url( '/' ), 'name' => get_bloginfo( 'name' ) ),
			array(
				'@type'         => 'WebPage',
				'@id'           => $url . '#webpage',
				'url'           => $url,
				'name'          => $title . ' - ' . get_bloginfo( 'name' ),
				'datePublished' => get_post_time( 'c', true, $post ),
				'dateModified'  => get_post_modified_time( 'c', true, $post ),
				'author'        => array( '@id' => home_url( '/#/schema/person/' . $post->post_author ) ),
			),
			array(
				'@type' => 'Person',
				'@id'   => home_url( '/#/schema/person/' . $post->post_author ),
				'name'  => get_the_author_meta( 'display_name', $post->post_author ),
			),
		);
		printf(
			'<script type="application/ld+json" class="yoast-schema-graph">%s</script>' . "\n",
			wp_json_encode( array( '@context' => 'https://schema.org', '@graph' => $graph ), JSON_UNESCAPED_SLASHES )
		);
	}
);

/* Inside the body: an advertisement after the second paragraph, a related post after the third. */
add_filter(
	'the_content',
	function ( $content ) {
		if ( ! is_single() || ! in_the_loop() || ! is_main_query() ) {
			return $content;
		}
		$inserts = array(
			2 => '<div class="jeg_ad jeg_ad_article jnews_content_inline_ads"><div class="ads-wrapper align-right">'
				. '<a href="https://ads.example/" rel="nofollow">Mattresses at half price, this week only</a></div></div>',
		);
		$related = jnews_others( 1 );
		if ( $related ) {
			$inserts[3] = '<div class="jnews_inline_related_post"><div class="jeg_postblock_28 jeg_postblock"><div class="jeg_block_heading">'
				. '<h3 class="jeg_block_title"><span>Read also</span></h3></div><div class="jeg_posts"><article class="jeg_post jeg_pl_xs_4">'
				. '<div class="jeg_postblock_content"><h3 class="jeg_post_title"><a href="' . esc_url( get_permalink( $related[0] ) ) . '">'
				. esc_html( get_the_title( $related[0] ) ) . '</a></h3></div></article></div></div></div>';
		}
		$number = 0;
		return preg_replace_callback(
			'#</p>#',
			function () use ( &$number, $inserts ) {
				return '</p>' . ( $inserts[ ++$number ] ?? '' );
			},
			$content
		);
	},
	20
);

/* Views as JNews makes them up, and shares as a part of them. */
function jnews_views( $id ) {
	return 300 + ( $id * 37 ) % 2400;
}

function jnews_short( $number ) {
	return $number >= 1000 ? rtrim( rtrim( number_format( $number / 1000, 1 ), '0' ), '.' ) . 'k' : (string) $number;
}

/* Neighbours of the post in the loop, for cards. */
function jnews_others( $number ) {
	return get_posts(
		array(
			'numberposts' => $number,
			'exclude'     => array( get_the_ID() ),
			'orderby'     => 'ID',
			'order'       => 'ASC',
			'offset'      => get_the_ID() % 50,
		)
	);
}

/* One card of a list. */
function jnews_card( $post, $size = 'md_2', $category = true ) {
	$link  = esc_url( get_permalink( $post ) );
	$title = esc_html( wp_strip_all_tags( get_the_title( $post ) ) );
	$image = get_the_post_thumbnail_url( $post, 'full' );
	$terms = get_the_category( $post->ID );
	printf( '<article class="jeg_post jeg_pl_%s post-%d">', esc_attr( $size ), (int) $post->ID );
	if ( $image ) {
		printf(
			'<div class="jeg_thumb"><a href="%s"><div class="thumbnail-container animate-lazy size-715"><img src="%s" data-src="%s" class="lazyload" alt=""></div></a>%s</div>',
			$link,
			esc_url( get_template_directory_uri() . '/jeg-empty.png' ),
			esc_url( $image ),
			$category && $terms ? sprintf(
				'<div class="jeg_post_category"><span><a href="%s" class="category-%s">%s</a></span></div>',
				esc_url( get_category_link( $terms[0] ) ),
				esc_attr( $terms[0]->slug ),
				esc_html( $terms[0]->name )
			) : ''
		);
	}
	printf( '<div class="jeg_postblock_content"><h3 class="jeg_post_title"><a href="%s">%s</a></h3>', $link, $title );
	printf(
		'<div class="jeg_post_meta"><div class="jeg_meta_author"><span class="by">by</span> <a href="%s">%s</a></div><div class="jeg_meta_date"><a href="%s"><i class="fa fa-clock-o"></i> %s</a></div></div>',
		esc_url( get_author_posts_url( $post->post_author ) ),
		esc_html( get_the_author_meta( 'display_name', $post->post_author ) ),
		$link,
		esc_html( get_the_date( '', $post ) )
	);
	if ( ! str_starts_with( $size, 'xs' ) ) {
		printf(
			'<div class="jeg_post_excerpt"><p>%s</p><a href="%s" class="jeg_readmore">Read more</a></div>',
			esc_html( wp_trim_words( wp_strip_all_tags( $post->post_content ), 20, '...' ) ),
			$link
		);
	}
	echo '</div></article>';
}

/* A block of cards. */
function jnews_block( $posts, $kind, $size, $heading = '' ) {
	printf( '<div class="jeg_postblock_%1$d jeg_postblock jeg_module_hook jeg_pagination_nav_1 jeg_col_2o3 jnews_module_%1$d" data-unique="jnews_module_%1$d">', (int) $kind );
	if ( $heading ) {
		printf( '<div class="jeg_block_heading jeg_block_heading_6"><h3 class="jeg_block_title"><span>%s</span></h3></div>', esc_html( $heading ) );
	}
	echo '<div class="jeg_block_container"><div class="jeg_posts_wrap"><div class="jeg_posts jeg_load_more_flag">';
	foreach ( $posts as $post ) {
		jnews_card( $post, $size );
	}
	echo '</div></div></div>';
	if ( ! $posts ) {
		echo '<div class="jeg_empty_module">No Content Available</div>';
	}
	echo '</div>';
}

/* "Page 2 of 24" and its links; the page that is shown has none. */
function jnews_pagination() {
	global $wp_query;
	$last = (int) $wp_query->max_num_pages;
	$page = max( 1, (int) get_query_var( 'paged' ) );
	if ( $last < 2 ) {
		return;
	}
	echo '<div class="jeg_navigation jeg_pagination jeg_pagenav_1 jeg_aligncenter no_navtext no_pageinfo">';
	printf( '<span class="page_info">Page %d of %d</span>', $page, $last );
	if ( $page > 1 ) {
		printf( '<a class="page_nav prev" data-id="%d" href="%s"><span class="navtext">Prev</span></a>', $page - 1, esc_url( get_pagenum_link( $page - 1 ) ) );
	}
	foreach ( range( 1, $last ) as $number ) {
		if ( $number === $page ) {
			printf( '<span class="page_number active">%d</span>', $number );
		} elseif ( $number === 1 || $number === $last || abs( $number - $page ) < 2 ) {
			printf( '<a class="page_number" data-id="%d" href="%s">%d</a>', $number, esc_url( get_pagenum_link( $number ) ), $number );
		} elseif ( abs( $number - $page ) === 2 ) {
			echo '<span class="page_number dots">&hellip;</span>';
		}
	}
	if ( $page < $last ) {
		printf( '<a class="page_nav next" data-id="%d" href="%s"><span class="navtext">Next</span></a>', $page + 1, esc_url( get_pagenum_link( $page + 1 ) ) );
	}
	echo '</div>';
}
