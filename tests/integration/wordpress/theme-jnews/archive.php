<?php
get_header();
global $wp_query;
$listed = $wp_query->posts;
?>
<div class="jeg_main"><div class="jeg_container"><div class="jeg_content"><div class="jeg_section"><div class="container">
	<div class="jnews_category_header_top"><div class="jeg_cat_header jeg_cat_header_1"><div class="jeg_breadcrumbs jeg_breadcrumb_category jeg_breadcrumb_container"><div id="breadcrumbs"><span><a href="<?php echo esc_url( home_url( '/' ) ); ?>">Home</a></span></div></div><h1 class="jeg_cat_title"><?php the_archive_title(); ?></h1></div></div>
	<?php if ( is_category() && ! is_paged() ) : ?>
	<div class="jnews_category_hero_container"><div class="jeg_heroblock jeg_heroblock_1"><?php foreach ( array_slice( $listed, 0, 3 ) as $post_shown ) : ?><article class="jeg_post jeg_hero_item_1"><div class="jeg_block_container"><div class="jeg_postblock_content"><h2 class="jeg_post_title"><a href="<?php echo esc_url( get_permalink( $post_shown ) ); ?>"><?php echo esc_html( get_the_title( $post_shown ) ); ?></a></h2></div></div></article><?php endforeach; ?></div></div>
	<?php endif; ?>
	<div class="jeg_cat_content row"><div class="jeg_main_content col-sm-8"><div class="jeg_inner_content"><div class="jnews_category_content_wrapper">
		<?php jnews_block( $listed, 5, 'md_2' ); ?>
		<div class="jeg_block_navigation"><?php jnews_pagination(); ?></div>
	</div></div></div>
	<?php get_sidebar(); ?>
	</div>
</div></div></div></div></div>
<?php
get_footer();
