<?php
/* Home: the newest as heroes, again as a block, then block by block; each link two to four times. */
get_header();
global $wp_query;
$listed = $wp_query->posts;
?>
<div class="jeg_main"><div class="jeg_container"><div class="jeg_content"><div class="jeg_vc_content"><div class="container">
	<?php if ( ! is_paged() ) : ?>
	<div class="jeg_heroblock jeg_heroblock_2"><?php foreach ( array_slice( $listed, 0, 4 ) as $post_shown ) : ?><article class="jeg_post jeg_hero_item_1"><div class="jeg_postblock_content"><h2 class="jeg_post_title"><a href="<?php echo esc_url( get_permalink( $post_shown ) ); ?>"><?php echo esc_html( get_the_title( $post_shown ) ); ?></a></h2></div></article><?php endforeach; ?></div>
	<?php endif; ?>
	<div class="row"><div class="jeg_main_content col-sm-8"><div class="jeg_inner_content">
		<?php jnews_block( $listed, 3, 'md_1', 'Latest Post' ); ?>
		<div class="jeg_block_navigation"><?php jnews_pagination(); ?></div>
	</div></div>
	<?php get_sidebar(); ?>
	</div>
</div></div></div></div></div>
<?php
get_footer();
